import type { Token } from '@/api/token'
import { useStatus } from '@/stores/status'
import { serverAddress } from '@/utils/address'
import { formatsOf, type Format } from './links'

/** The formats of a key, with this server's address and chat pages. */
export function useHandout() {
  const status = useStatus()
  return (token: Pick<Token, 'key'>): Format[] =>
    formatsOf({
      key: token.key,
      server: serverAddress(status.status?.server_address),
      chatLink: status.status?.chat_link ?? '',
      chats: status.status?.chats ?? [],
    })
}
