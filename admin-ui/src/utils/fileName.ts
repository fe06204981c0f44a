/** Makes a name that every file system takes. */
export function fileName(text: string, ending: string): string {
  const safe = text.replace(/[\\/:*?"<>|\u0000-\u001f]/g, '_').replace(/^\.+|[. ]+$/g, '')
  return `${safe || 'file'}.${ending}`
}
