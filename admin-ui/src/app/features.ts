import type { Feature, MenuItem } from '@/features/contract'

/** Every feature, found by its folder: adding a page edits no list. */
export const features: Feature[] = Object.values(
  import.meta.glob<Feature>('../features/*/feature.ts', { eager: true, import: 'default' }),
)

/** The menu of somebody with this role, in order. */
export function menuFor(role: number): MenuItem[] {
  const items = features.flatMap((feature) => feature.menu ?? [])
  return items.filter((item) => role >= item.minRole && (item.when?.() ?? true)).sort((a, b) => a.order - b.order)
}
