/** Between a channel as the server has it and the form; every rule of a type comes from the catalog. */
import { MASKED, type Channel, type ChannelDraft } from '@/api/channel'
import { jsonObject } from '@/utils/json'
import { fromNames, toNames } from '@/utils/names'
import { allFields, findType, type ChannelType, type ConfigField } from './channelTypes'

export type Config = Record<string, string>

/** Lists stand with commas between and the config as JSON, so that a change can be seen. */
export interface ChannelValues {
  type: number
  name: string
  group: string
  base_url: string
  models: string
  model_mapping: string
  system_prompt: string
  key: string
  config: string
  priority: number
  weight: number
  tag: string
  remark: string
}

export const DEFAULT_GROUP = 'default'

export function emptyValues(): ChannelValues {
  return {
    type: 1, name: '', group: DEFAULT_GROUP, base_url: '', models: '', model_mapping: '',
    system_prompt: '', key: '', config: '', priority: 0, weight: 0, tag: '', remark: '',
  }
}

/** Fills the form; the value in `other` shows in the config field that it stands for. */
export function toValues(channel: Channel): ChannelValues {
  return {
    type: channel.type,
    name: channel.name,
    group: channel.group || DEFAULT_GROUP,
    base_url: channel.base_url ?? '',
    models: channel.models,
    model_mapping: channel.model_mapping ?? '',
    system_prompt: channel.system_prompt ?? '',
    key: '',
    config: effectiveConfig(channel),
    priority: channel.priority ?? 0,
    weight: channel.weight ?? 0,
    tag: channel.tag ?? '',
    remark: channel.remark ?? '',
  }
}

export function toConfig(text: string): Config {
  const entries = Object.entries(jsonObject(text) ?? {}).filter(([, value]) => value !== null)
  return Object.fromEntries(entries.map(([key, value]) => [key, asText(value)]))
}

/** Sets one value; an empty one goes, and nothing is left of an empty config. */
export function withConfig(text: string, key: string, value: string): string {
  const config = { ...toConfig(text), [key]: value }
  if (!value) delete config[key]
  return Object.keys(config).length > 0 ? JSON.stringify(config) : ''
}

/** The keys that would make a channel each, one a line. */
export function toKeys(text: string): string[] {
  return text.split('\n').map((line) => line.trim()).filter(Boolean)
}

/** What to send for a new channel. */
export function newDraft(values: ChannelValues): ChannelDraft {
  const type = findType(values.type)
  const config = finished(values, type)
  return {
    ...values,
    ...modelMembers(values, type),
    base_url: type?.form.base_url === 'hidden' ? '' : tidyUrl(values.base_url),
    key: isComposed(type) ? composedKey(type, config) : toKeys(values.key).join('\n'),
    config: JSON.stringify(config),
    other: otherOf(type, config),
  }
}

/** What to send for a change: only members that were changed, or that another type no longer has. */
export function changeDraft(changed: Partial<ChannelValues>, values: ChannelValues): ChannelDraft {
  const type = findType(values.type)
  const draft: ChannelDraft = { ...changed }
  if (changed.base_url !== undefined) draft.base_url = tidyUrl(changed.base_url)
  if (changed.key !== undefined) draft.key = changed.key.trim()
  if (changed.config !== undefined) addConfig(draft, values, type)
  if (changed.type !== undefined) addReset(draft, values, type)
  if (type && !type.takes_models) for (const name of MODEL_MEMBERS) delete draft[name]
  if (!draft.key) delete draft.key
  return draft
}

const MODEL_MEMBERS = ['models', 'model_mapping', 'system_prompt'] as const

function addConfig(draft: ChannelDraft, values: ChannelValues, type: ChannelType | undefined): void {
  const config = { ...toConfig(values.config), ...finished(values, type) }
  draft.config = JSON.stringify(config)
  if (type?.config_from_other) draft.other = otherOf(type, config)
  const secrets = type && isComposed(type) ? type.form.key_parts.map((part) => config[part]) : []
  // A key with covered or missing parts would replace a good one.
  if (secrets.length > 0 && secrets.every((part) => part && part !== MASKED)) {
    draft.key = composedKey(type, config)
  }
}

function addReset(draft: ChannelDraft, values: ChannelValues, type: ChannelType | undefined): void {
  const config = finished(values, type)
  draft.config = JSON.stringify(config)
  draft.other = otherOf(type, config)
  if (type?.form.base_url === 'hidden') draft.base_url = ''
  if (isComposed(type)) draft.key = composedKey(type, config)
}

/** The config with the keys of this type only, its defaults filled in and JSON on one line. */
function finished(values: ChannelValues, type: ChannelType | undefined): Config {
  const given = toConfig(values.config)
  if (!type) return given
  const entries = allFields(type).map((field) => [field.key, finishedValue(field, given[field.key])])
  return Object.fromEntries(entries.filter(([, value]) => value))
}

function finishedValue(field: ConfigField, given = ''): string {
  const value = given.trim() || field.default
  if (field.kind !== 'json' || value === MASKED) return value
  const tree = jsonObject(value)
  return tree && value ? JSON.stringify(tree) : value
}

function isComposed(type: ChannelType | undefined): boolean {
  return type?.form.key === 'composed'
}

function composedKey(type: ChannelType | undefined, config: Config): string {
  return (type?.form.key_parts ?? []).map((part) => config[part] ?? '').join('|')
}

function otherOf(type: ChannelType | undefined, config: Config): string {
  return type?.config_from_other ? (config[type.config_from_other] ?? '') : ''
}

function modelMembers(values: ChannelValues, type: ChannelType | undefined) {
  const takes = type?.takes_models ?? true
  return {
    models: takes ? fromNames(toNames(values.models)) : '',
    model_mapping: takes ? values.model_mapping : '',
    system_prompt: takes ? values.system_prompt : '',
  }
}

function effectiveConfig(channel: Channel): string {
  const key = findType(channel.type)?.config_from_other
  const isShown = !key || !channel.other || toConfig(channel.config)[key]
  return isShown ? channel.config : withConfig(channel.config, key, channel.other ?? '')
}

function tidyUrl(url: string): string {
  return url.trim().replace(/\/+$/, '')
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
