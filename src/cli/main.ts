#!/usr/bin/env node
import { createInterface } from 'node:readline/promises';
import { setFlagsFromString } from 'node:v8';
import { EXIT } from '../errors.js';
import { runCli } from './cli.js';
import { takesColor } from './io.js';

// The AWS SDK would write onto stderr which Node its later releases need. heapload's version of it is fixed, and
// package.json says which Node heapload runs on.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

// Garbage is collected when the heap has grown by half, not by three times: planning years of dumps then stays within
// a few hundred megabytes, at no cost that could be measured.
setFlagsFromString('--heap-growing-percent=50');

// The only place that ends the process.
const controller = new AbortController();
let signals = 0;
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    signals += 1;
    // The first one lets the current load end or roll back; who asks again does not want to wait.
    if (signals > 1) process.exit(EXIT.interrupted);
    controller.abort();
  });
}

// A reader that went away (`heapload plan | head`) is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.done);
  throw error;
});

process.exitCode = await runCli(process.argv.slice(2), {
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  env: process.env,
  interactive: process.stdin.isTTY && process.stderr.isTTY,
  color: { stdout: takesColor(process.stdout, process.env), stderr: takesColor(process.stderr, process.env) },
  signal: controller.signal,
  ask: async (question) => {
    const prompt = createInterface({ input: process.stdin, output: process.stderr });
    try {
      return await prompt.question(question);
    } finally {
      prompt.close();
    }
  },
});
