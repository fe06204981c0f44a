/** Ten colours that stand out from both backgrounds, and what tells series apart beside them. */

export const BACKGROUNDS = { light: '#ffffff', dark: '#111417' } as const

export const COLORS = [
  '#3f7fe0', '#c77700', '#2f9463', '#c2569b', '#8b6fd6', '#1b8f9c', '#d4584f', '#7f8a1f', '#a8703c', '#78838f',
] as const

const DASHES = [[], [6, 4], [2, 3], [10, 4, 2, 4]] as const

export function colorOf(index: number): string {
  return COLORS[index % COLORS.length]!
}

export function dashOf(index: number): number[] {
  return [...DASHES[index % DASHES.length]!]
}

const TILE = 8

/** Every other bar is striped: colour alone must not tell them apart. */
export function fillOf(index: number): string | CanvasPattern {
  const color = colorOf(index)
  if (index % 2 === 0) return color
  const tile = document.createElement('canvas')
  tile.width = tile.height = TILE
  const pen = tile.getContext('2d')
  if (!pen) return color
  pen.fillStyle = color
  pen.globalAlpha = 0.45
  pen.fillRect(0, 0, TILE, TILE)
  pen.globalAlpha = 1
  pen.strokeStyle = color
  pen.lineWidth = 2
  for (const shift of [-TILE, 0, TILE]) {
    pen.moveTo(shift, TILE)
    pen.lineTo(shift + TILE, 0)
  }
  pen.stroke()
  return pen.createPattern(tile, 'repeat') ?? color
}
