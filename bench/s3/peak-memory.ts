import { writeFileSync } from 'node:fs';

// Loaded into the measured process with --import: on its way out it writes down how much memory it ever had.
process.on('exit', () => {
  const file = process.env['BENCH_PEAK_FILE'];
  if (file !== undefined) writeFileSync(file, String(process.resourceUsage().maxRSS * 1024));
});
