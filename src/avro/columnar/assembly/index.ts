export {
  clearColumn,
  count,
  dataOf,
  gatherTexts,
  hasNulls,
  longCount,
  makeColumn,
  pointToTexts,
  validityOf,
} from './columns';
export { addText, resetText, textBytes } from './fields';
export { allocated, reach } from './memory';
export { programBytes, setField } from './program';
export { readRows, rowPosition } from './rows';
