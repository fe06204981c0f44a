import type { Feature } from '../contract'

/** No page: the bell stands in the bar of every page. */
export default { routes: [] } satisfies Feature
