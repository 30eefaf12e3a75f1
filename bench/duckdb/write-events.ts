import { type EventFile, writeEvents } from './events.js';

// Writes one file of events and prints its bytes before compression. write-events.js <EventFile as JSON>
const spec = JSON.parse(process.argv[2] ?? '') as EventFile;
process.stdout.write(`${writeEvents(spec)}\n`);
