/** /api/group: the names of the user groups. */
import { request } from './http'

export const listGroups = () => request<string[]>('GET', '/group/')
