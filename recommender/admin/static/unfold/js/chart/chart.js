// In place of the theme's charts: 69 kB on every page, and only the overview, which loads them
// from charts/chart.js, has any.
