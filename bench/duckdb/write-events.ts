import { type EventFile, writeEvents } from './events.js';

// Writes files of events and prints their bytes before compression. write-events.js <list of EventFile as JSON>
const files = JSON.parse(process.argv[2] ?? '') as readonly EventFile[];
const bytes = files.reduce((sum, file) => sum + writeEvents(file), 0);
process.stdout.write(`${bytes}\n`);
