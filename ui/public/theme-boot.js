// Puts the chosen theme on the page before its first paint; a file of its own because the content policy forbids inline scripts.
try {
  const chosen = localStorage.getItem('croft.theme');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
} catch {
  // Storage is blocked: the system's preference holds.
}
