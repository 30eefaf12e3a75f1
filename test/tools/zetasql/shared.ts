import { type Analyzer, startAnalyzer } from './analyzer.js';
import { isInstalled } from './set-up.js';

let shared: Promise<Analyzer> | undefined;

/** The analyzer of this test process, started when it is first asked for; undefined where it is not installed. */
export async function sharedAnalyzer(): Promise<Analyzer | undefined> {
  if (!isInstalled()) return undefined;
  shared ??= startAnalyzer();
  return await shared;
}
