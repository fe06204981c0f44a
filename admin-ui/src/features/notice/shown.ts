/** What this start of the program has shown already: the bell stands in two layouts. */
export const wasShown = { hash: '' }
