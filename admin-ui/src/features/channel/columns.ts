/** Columns of the table that can be hidden; name, status and actions always stay. */
export const COLUMNS = ['group', 'response', 'used', 'balance', 'priority', 'weight', 'models', 'created'] as const
export type Column = (typeof COLUMNS)[number]

export const HIDDEN_AT_FIRST: Column[] = ['created']

/** What the server can order by; a minus in front is descending, which is what people look for first. */
export const ORDERS = ['id', 'name', '-priority', '-weight', '-response_time', '-used_quota', 'balance'] as const
