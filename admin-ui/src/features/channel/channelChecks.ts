/** What cannot be saved; faults are keys of this feature's texts. */
import { MASKED } from '@/api/channel'
import { jsonFault, jsonObject } from '@/utils/json'
import { toNames } from '@/utils/names'
import { toConfig, toKeys, type ChannelValues } from './channelForm'
import { allFields, findType, type ConfigField } from './channelTypes'

export type Faults<Key extends string> = Partial<Record<Key, string>>

const MAPPING_LENGTH = 1024

export function faultsOf(values: ChannelValues, isNew: boolean): Faults<keyof ChannelValues> {
  const type = findType(values.type)
  const takesModels = type?.takes_models ?? true
  return compact({
    name: values.name.trim() ? '' : 'needed',
    group: toNames(values.group).length > 0 ? '' : 'needed',
    base_url: urlFault(values.base_url, type?.form.base_url ?? 'optional'),
    models: takesModels && toNames(values.models).length === 0 ? 'modelsNeeded' : '',
    model_mapping: takesModels ? mappingFault(values.model_mapping) : '',
    key: isNew && type?.form.key !== 'composed' && toKeys(values.key).length === 0 ? 'needed' : '',
    config: Object.keys(configFaults(values)).length > 0 ? 'config' : '',
    priority: Number.isInteger(values.priority) ? '' : 'integer',
    weight: Number.isInteger(values.weight) && values.weight >= 0 ? '' : 'notNegative',
  })
}

/** Faults by config key. */
export function configFaults(values: ChannelValues): Faults<string> {
  const type = findType(values.type)
  const given = toConfig(values.config)
  const found = (type ? allFields(type) : []).map((field) => [field.key, fieldFault(field, given[field.key] ?? '')])
  return compact(Object.fromEntries(found) as Faults<string>)
}

/** Names that a mapping translates although the channel does not offer them. */
export function strangers(values: Pick<ChannelValues, 'models' | 'model_mapping'>): string[] {
  const models = new Set(toNames(values.models))
  return Object.keys(jsonObject(values.model_mapping) ?? {}).filter((name) => !models.has(name))
}

export function mappingFault(text: string): string {
  if (!text.trim()) return ''
  if (jsonFault(text)) return 'json'
  const tree = jsonObject(text)
  if (!tree || !Object.values(tree).every((value) => typeof value === 'string')) return 'textMap'
  return JSON.stringify(tree).length > MAPPING_LENGTH ? 'mappingLong' : ''
}

function fieldFault(field: ConfigField, value: string): string {
  if (!value.trim()) return field.required && !field.default ? 'needed' : ''
  return field.kind === 'json' && jsonObject(value) === null && value !== MASKED ? 'json' : ''
}

function urlFault(text: string, rule: string): string {
  const url = text.trim()
  if (rule === 'hidden') return ''
  if (!url) return rule === 'required' ? 'needed' : ''
  return /^https?:\/\/[^\s/]+/i.test(url) ? '' : 'url'
}

function compact<Key extends string>(faults: Faults<Key>): Faults<Key> {
  const found = Object.entries<string | undefined>(faults).filter(([, fault]) => fault)
  return Object.fromEntries(found) as Faults<Key>
}
