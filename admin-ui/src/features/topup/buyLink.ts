/** Where quota is bought: the operator's address, told who is buying. */

export interface Buyer {
  id: number
  username: string
}

/** Returns an address with the buyer's parameters; empty for what is no web address. */
export function buyLink(link: string, buyer: Buyer, transactionId: string): string {
  if (!URL.canParse(link)) return ''
  const address = new URL(link)
  if (!/^https?:$/.test(address.protocol)) return ''
  address.searchParams.set('username', buyer.username)
  address.searchParams.set('user_id', String(buyer.id))
  address.searchParams.set('transaction_id', transactionId)
  return address.href
}
