import { describe } from 'vitest';
import type { Target } from '../support/target.js';
import { createBench } from './bench.js';
import { deliveries } from './points/01-deliveries.js';
import { filesLayout } from './points/01-files-layout.js';
import { loads } from './points/02-loads.js';
import { reset } from './points/02-reset.js';
import { order } from './points/03-order.js';
import { keys } from './points/04-keys.js';
import { columns } from './points/05-columns.js';
import { types } from './points/06-types.js';
import { casts } from './points/06-casts.js';
import { unions } from './points/06-unions.js';
import { variants } from './points/06-variants.js';
import { timestampTexts } from './points/07-timestamp-texts.js';
import { timestamps } from './points/07-timestamps.js';
import { names } from './points/08-names.js';
import { startDate } from './points/09-start-date.js';
import { commit } from './points/10-commit.js';
import { sideBySide } from './points/10-side-by-side.js';
import { counts } from './points/11-counts.js';
import { badFiles } from './points/12-bad-files.js';
import { uris } from './points/13-uris.js';
import { smallPrint } from './points/14-small-print.js';
import { text } from './points/14-text.js';

const POINTS = [
  ...[
    deliveries,
    filesLayout,
    loads,
    reset,
    order,
    keys,
    columns,
    types,
    unions,
    casts,
    variants,
    timestampTexts,
    timestamps,
  ],
  ...[names, startDate, commit, sideBySide, counts, badFiles, uris, smallPrint, text],
];

/**
 * The contract of docs/semantics.md, sentence by sentence, against one warehouse. Knows nothing of how a warehouse
 * stores things: it reads through the seam, and names and literals are the dialect's.
 */
export function conformance(target: Target): void {
  describe(`conformance of ${target.name}`, () => {
    const bench = createBench(target);
    for (const point of POINTS) point(bench);
  });
}
