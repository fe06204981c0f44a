// Runs before the first paint, so that a dark page never flashes white.
;(function () {
  var mode = null
  try {
    mode = localStorage.getItem('oa.appearance')
  } catch (error) {
    /* storage is off: follow the system */
  }
  var dark =
    mode === 'dark' || (mode !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.classList.toggle('dark', dark)
})()
