/** The channel types, as the server's catalog has exported them. */
import catalog from './channelTypes.json'

type Words = Partial<Record<string, string>>

/** A value inside a channel's config. */
export interface ConfigField {
  key: string
  label: Words
  help: Words
  required: boolean
  example: string
  default: string
  kind: string
  choices: string[]
  advanced: boolean
}

export interface ChannelType {
  id: number
  name: string
  label: Words
  /** Where calls go without an address of the channel's own. */
  base_url: string
  form: {
    group: string
    order: number
    /** A CSS colour, for the mark before the name. */
    color: string
    /** `optional`, `required` or `hidden`. */
    base_url: string
    base_url_label: string
    base_url_example: string
    /** `plain`; `parts` joined by bars; `composed` of config fields; `verbatim`. */
    key: string
    key_parts: string[]
    single_key: boolean
    key_example: string
    hint: Words
    /** Unit of the balance, empty if nobody can ask for it. */
    balance: string
    balance_per_unit: number
  }
  fields: ConfigField[]
  /** Keys of config fields that many types have. */
  options: string[]
  /** The config key that One API keeps in the column `other`. */
  config_from_other: string
  takes_models: boolean
}

export interface TypeGroup {
  name: string
  types: ChannelType[]
}

const GROUPS = ['common', 'international', 'china', 'apps', 'resellers', 'raw']

export const channelTypes: ChannelType[] = catalog.types
const byId = new Map(channelTypes.map((type) => [type.id, type]))
const options = new Map<string, ConfigField>(catalog.options.map((option) => [option.key, option]))

export function findType(id: number): ChannelType | undefined {
  return byId.get(id)
}

export function wordOf(words: Words, language: string): string {
  return words[language] ?? words.en ?? ''
}

export function nameOf(type: ChannelType, language: string): string {
  return wordOf(type.label, language) || type.name
}

/** The types under their headings, in the order of the select. */
export function typeGroups(): TypeGroup[] {
  const names = [...new Set([...GROUPS, ...channelTypes.map((type) => type.form.group)])]
  const groups = names.map((name) => ({
    name,
    types: channelTypes
      .filter((type) => type.form.group === name)
      .sort((a, b) => a.form.order - b.form.order || a.id - b.id),
  }))
  return groups.filter((group) => group.types.length > 0)
}

/** The fields that the form always shows, without those of a few channels only. */
export function plainFields(type: ChannelType): ConfigField[] {
  return type.fields.filter((field) => !field.advanced)
}

/** The fields that the form keeps folded away. */
export function advancedFields(type: ChannelType): ConfigField[] {
  const shared = type.options.flatMap((key) => options.get(key) ?? [])
  return [...type.fields.filter((field) => field.advanced), ...shared]
}

export function allFields(type: ChannelType): ConfigField[] {
  return [...plainFields(type), ...advancedFields(type)]
}
