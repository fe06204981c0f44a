/** Mail that people ask for: a code for an address, a link to a new password. */
import { query, request } from './http'

export const sendCode = (email: string, turnstile: string) =>
  request<null>('GET', `/verification${query({ email, turnstile })}`)

export const sendResetLink = (email: string, turnstile: string) =>
  request<null>('GET', `/reset_password${query({ email, turnstile })}`)

/** Returns the new password. */
export const resetPassword = (email: string, token: string) =>
  request<string>('POST', '/user/reset', { email, token })

export const bindEmail = (email: string, code: string) =>
  request<null>('GET', `/oauth/email/bind${query({ email, code })}`)
