import { describe, expect, it } from 'vitest'
import { MASKED, type Channel } from '@/api/channel'
import { configFaults, faultsOf, strangers } from '@/features/channel/channelChecks'
import { changeDraft, emptyValues, newDraft, toKeys, toValues, withConfig, type ChannelValues } from '@/features/channel/channelForm'
import { advancedFields, channelTypes, findType, plainFields, typeGroups } from '@/features/channel/channelTypes'

const AZURE = 3
const COMPATIBLE = 50
const XUNFEI = 18
const AWS = 33
const VERTEX = 42
const PROXY = 43

const AWS_CONFIG = JSON.stringify({ region: 'us-west-2', ak: 'AK', sk: 'SK' })

function values(change: Partial<ChannelValues> = {}): ChannelValues {
  return { ...emptyValues(), name: 'n', key: 'k', models: 'm', ...change }
}

function stored(change: Partial<Channel> = {}): Channel {
  return {
    id: 7, type: 1, key: '', status: 1, name: 'n', weight: null, priority: null, created_time: 1,
    test_time: 0, balance_updated_time: 0, response_time: 0, base_url: null, other: null, balance: 0,
    models: 'm', group: 'default', used_quota: 0, model_mapping: null, config: '', system_prompt: null,
    ...change,
  }
}

describe('the catalog of types', () => {
  it('puts every type under one heading', () => {
    const grouped = typeGroups().flatMap((group) => group.types)

    expect(grouped).toHaveLength(channelTypes.length)
    expect(typeGroups()[0]?.types[0]?.id).toBe(1)
  })

  it('folds away what only few channels need', () => {
    const azure = findType(AZURE)!

    expect(plainFields(azure).map((field) => field.key)).toEqual(['api_version'])
    expect(advancedFields(azure).map((field) => field.key)).toContain('keep_dots')
    expect(advancedFields(azure).map((field) => field.key)).toContain('proxy')
  })
})

describe('a new channel', () => {
  it('sends trimmed keys, one a line', () => {
    expect(newDraft(values({ key: ' a \n\n b\r\n' })).key).toBe('a\nb')
  })

  it('sends no slash at the end of its address', () => {
    expect(newDraft(values({ base_url: ' https://example.com/v1// ' })).base_url).toBe('https://example.com/v1')
  })

  it('of Azure without a version gets the usual one, in both places', () => {
    const draft = newDraft(values({ type: AZURE }))

    expect(JSON.parse(draft.config!)).toEqual({ api_version: '2024-10-21' })
    expect(draft.other).toBe('2024-10-21')
  })

  it('of AWS has a key made of its parts', () => {
    expect(newDraft(values({ type: AWS, key: '', config: AWS_CONFIG })).key).toBe('AK|SK|us-west-2')
  })

  it('of Vertex AI has its credentials on one line', () => {
    const config = withConfig('', 'vertex_ai_adc', '{\n  "type": "x"\n}')
    const whole = withConfig(withConfig(config, 'region', 'us'), 'vertex_ai_project_id', 'p')

    expect(newDraft(values({ type: VERTEX, config: whole })).key).toBe('us|p|{"type":"x"}')
  })

  it('sends nothing that its type does not show', () => {
    const draft = newDraft(values({ type: PROXY, config: AWS_CONFIG, system_prompt: 'x' }))

    expect(draft).toMatchObject({ models: '', model_mapping: '', system_prompt: '', config: '{}', other: '' })
  })
})

describe('a change', () => {
  it('sends only what was changed', () => {
    expect(changeDraft({ priority: 5 }, values({ priority: 5 }))).toEqual({ priority: 5 })
  })

  it('keeps the key when the field is empty', () => {
    expect(changeDraft({ key: ' ' }, values({ key: ' ' }))).toEqual({})
  })

  it('keeps keys of the config that nobody here knows', () => {
    const config = withConfig('{"mine":"1"}', 'proxy', 'http://p')

    expect(JSON.parse(changeDraft({ config }, values({ config })).config!)).toEqual({ mine: '1', proxy: 'http://p' })
  })

  it('empties a config with an empty object, which the server takes', () => {
    expect(changeDraft({ config: '' }, values({ config: '' })).config).toBe('{}')
  })

  it('of a version writes it into the column other, too', () => {
    const config = withConfig('', 'api_version', 'v3.5')

    expect(changeDraft({ config }, values({ type: XUNFEI, config }))).toEqual({ config, other: 'v3.5' })
  })

  it('makes the key of AWS anew only from parts that can be seen', () => {
    const covered = withConfig(AWS_CONFIG, 'sk', MASKED)

    expect(changeDraft({ config: AWS_CONFIG }, values({ type: AWS, config: AWS_CONFIG })).key).toBe('AK|SK|us-west-2')
    expect(changeDraft({ config: covered }, values({ type: AWS, config: covered })).key).toBeUndefined()
  })

  it('of the type clears what the new type has no field for', () => {
    const draft = changeDraft({ type: AWS }, values({ type: AWS, key: '', base_url: 'https://x', config: '{"user_id":"u"}' }))

    expect(draft).toMatchObject({ type: AWS, base_url: '', other: '', config: '{}' })
  })
})

describe('the form', () => {
  it('shows what One API keeps in the column other', () => {
    const shown = toValues(stored({ type: XUNFEI, other: 'v2.1' }))

    expect(JSON.parse(shown.config)).toEqual({ api_version: 'v2.1' })
  })

  it('leaves the stored config as it is otherwise', () => {
    expect(toValues(stored({ config: '{ "proxy": "p" }' })).config).toBe('{ "proxy": "p" }')
  })
})

describe('checks', () => {
  it('find nothing in a complete channel', () => {
    expect(faultsOf(values(), true)).toEqual({})
  })

  it('want a key only from a new channel', () => {
    expect(faultsOf(values({ key: '' }), true)).toEqual({ key: 'needed' })
    expect(faultsOf(values({ key: '' }), false)).toEqual({})
  })

  it('want an address where there is no usual one', () => {
    expect(faultsOf(values({ type: COMPATIBLE }), true)).toEqual({ base_url: 'needed' })
    expect(faultsOf(values({ type: COMPATIBLE, base_url: 'example.com' }), true)).toEqual({ base_url: 'url' })
  })

  it('want no models from a raw proxy', () => {
    expect(faultsOf(values({ type: PROXY, models: '', base_url: 'https://x' }), true)).toEqual({})
  })

  it('name the missing part of a config', () => {
    const lacking = values({ type: AWS, key: '', config: withConfig(AWS_CONFIG, 'sk', '') })

    expect(faultsOf(lacking, true)).toEqual({ config: 'config' })
    expect(configFaults(lacking)).toEqual({ sk: 'needed' })
  })

  it.each([
    ['{"a":', 'json'],
    ['["a"]', 'textMap'],
    ['{"a":1}', 'textMap'],
    [JSON.stringify({ a: 'x'.repeat(1024) }), 'mappingLong'],
  ])('refuse the mapping %.12s', (model_mapping, fault) => {
    expect(faultsOf(values({ model_mapping }), true)).toEqual({ model_mapping: fault })
  })

  it('notice mapped names that the channel does not offer', () => {
    expect(strangers({ models: 'a,b', model_mapping: '{"a":"x","c":"y"}' })).toEqual(['c'])
  })
})

describe('keys', () => {
  it('are lines without blanks', () => {
    expect(toKeys('a\n\n \n b ')).toEqual(['a', 'b'])
  })
})
