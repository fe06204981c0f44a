/** What a new installation still needs; worked out from what is there. */

export const STEPS = ['password', 'address', 'channel', 'token', 'request'] as const
export type Step = (typeof STEPS)[number]

export interface Facts {
  needsPassword: boolean
  /** The address as set, empty while it is not. */
  serverAddress: string
  channels: number
  tokens: number
  requests: number
}

export function doneSteps(facts: Facts): Record<Step, boolean> {
  return {
    password: !facts.needsPassword,
    address: facts.serverAddress !== '' && facts.serverAddress !== 'http://localhost:3000',
    channel: facts.channels > 0,
    token: facts.tokens > 0,
    request: facts.requests > 0,
  }
}
