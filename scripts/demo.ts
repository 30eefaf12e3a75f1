import path from 'node:path';
import { EXIT, asHeaploadError } from '../src/errors.js';
import { formatError } from '../src/cli/reporters/format.js';
import { takesColor } from '../src/cli/io.js';
import { runDemo } from './demo/run-demo.js';

/** `npm run demo`, or `node dist/scripts/demo.js [folder]`: loads the sample dumps and asks the tables a few questions. */
const color = takesColor(process.stdout, process.env);
try {
  await runDemo({
    folder: path.resolve(process.argv[2] ?? 'target/demo'),
    print: (text) => process.stdout.write(text),
    color,
  });
} catch (thrown) {
  process.stderr.write(formatError(asHeaploadError(thrown), color));
  process.exitCode = EXIT.failed;
}
