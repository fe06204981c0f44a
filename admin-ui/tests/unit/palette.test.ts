import { describe, expect, it } from 'vitest'
import { BACKGROUNDS, COLORS, dashOf } from '@/features/dashboard/palette'

const NEEDED = 3

/** Contrast as WCAG 2.2 defines it. */
function contrast(one: string, other: string): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (light! + 0.05) / (dark! + 0.05)
}

function luminance(color: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const value = parseInt(color.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!
}

describe('colours of charts', () => {
  it.each(COLORS)('%s stands out in light and dark', (color) => {
    expect(contrast(color, BACKGROUNDS.light)).toBeGreaterThanOrEqual(NEEDED)
    expect(contrast(color, BACKGROUNDS.dark)).toBeGreaterThanOrEqual(NEEDED)
  })

  it('are ten, and neighbours differ in their dashes too', () => {
    expect(new Set(COLORS).size).toBe(10)
    expect(dashOf(0)).not.toEqual(dashOf(1))
  })
})
