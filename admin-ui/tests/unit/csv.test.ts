import { describe, expect, it } from 'vitest'
import { toCsv } from '@/utils/csv'

describe('CSV', () => {
  it('begins with a mark, so that spreadsheets read UTF-8', () => {
    expect(toCsv([['a', 1]])).toBe('\ufeffa,1\r\n')
  })

  it('quotes what would break a line', () => {
    expect(toCsv([['a,b', 'say "hi"', 'two\nlines']])).toContain('"a,b","say ""hi""","two\nlines"')
  })

  it('lets no text become a formula', () => {
    expect(toCsv([['=1+1', '@x', -5]])).toContain("'=1+1,'@x,-5")
  })
})
