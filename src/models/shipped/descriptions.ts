import { nameKey } from '../../schema/identifiers.js';

/** What the columns are that Heap delivers of itself; custom properties come on top. By {@link nameKey}. */
const COLUMNS: Readonly<Record<string, string>> = {
  event_id: 'Identifies the event.',
  user_id: 'Identifies the user.',
  session_id: 'Identifies the session.',
  from_user_id: 'The user id that was merged into another.',
  to_user_id: 'The user id it was merged into.',
  time: 'When it happened, by the clock of the client; UTC.',
  session_time: 'When the session began; UTC.',
  joindate: 'When the user was first seen; UTC.',
  last_modified: 'When the user was last changed; UTC.',
  identity: 'The identity given by identify.',
  handle: 'The handle given to the user.',
  email: 'The email address given for the user.',
  type: 'Kind of the event, such as a click or a submit.',
  library: 'The library that recorded it, such as web or ios.',
  platform: 'Operating system of the device.',
  device_type: 'Desktop, mobile or tablet.',
  device: 'Model of the device.',
  carrier: 'Mobile carrier of the device.',
  country: 'Country, by the IP address.',
  region: 'Region, by the IP address.',
  city: 'City, by the IP address.',
  ip: 'IP address.',
  referrer: 'URL of the page that led to the session.',
  landing_page: 'URL of the first page of the session.',
  browser: 'Browser and its version.',
  search_keyword: 'Keyword of the search that led to the session.',
  utm_source: 'utm_source of the first page of the session.',
  utm_medium: 'utm_medium of the first page of the session.',
  utm_campaign: 'utm_campaign of the first page of the session.',
  utm_term: 'utm_term of the first page of the session.',
  utm_content: 'utm_content of the first page of the session.',
  path: 'Path of the page.',
  query: 'Query string of the page.',
  hash: 'Fragment of the page, behind #.',
  title: 'Title of the page.',
  href: 'Target of the link.',
  app_name: 'Name of the app.',
  app_version: 'Version of the app.',
  action_method: 'Method that handled the action in the app.',
  view_controller: 'View controller of the screen.',
  screen_ally_id: 'Accessibility id of the screen.',
  screen_ally_label: 'Accessibility label of the screen.',
  target_view_class: 'Class of the view that was acted on.',
  target_view_name: 'Name of the view that was acted on.',
  target_ally_id: 'Accessibility id of the view that was acted on.',
  target_ally_label: 'Accessibility label of the view that was acted on.',
  target_text: 'Text of the element that was acted on.',
  _heapload_dump_id: 'The dump that wrote this version of the row.',
};

/** One sentence; empty for a property of your own. */
export function columnDescription(column: string): string {
  return COLUMNS[nameKey(column)] ?? '';
}

const TABLES: Readonly<Record<string, string>> = {
  users: 'One row for each user id.',
  user_migrations: 'Which user id was merged into which.',
  sessions: 'One row for each session.',
  pageviews: 'One row for each pageview.',
};

/** One sentence about a table by its name in the source. */
export function tableDescription(sourceTable: string): string {
  return TABLES[nameKey(sourceTable)] ?? 'One row for each event.';
}
