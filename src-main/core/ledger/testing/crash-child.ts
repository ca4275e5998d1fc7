/**
 * Appends as fast as it can and says what was acknowledged, until it is killed. Arguments: the database and the anchor.
 * Each line on stdout is `seq id hash` of an entry whose append resolved.
 */
import { silentLog } from '../../base/log.ts';
import { Ledger } from '../index.ts';
import { sampleEvent } from './ledgers.ts';

const [path = '', anchorPath = ''] = process.argv.slice(2);
const ledger = await Ledger.open({ path, anchorPath, log: silentLog() });
process.stdout.write('ready\n');

/** One line of appends after the other; several lines at once make batches of every size. */
async function line(width: number): Promise<never> {
  for (let i = 0; ; i += width) {
    const entries = await Promise.all(
      Array.from({ length: width }, (_, k) => ledger.append(sampleEvent(i + k))),
    );
    process.stdout.write(entries.map((entry) => `${entry.seq} ${entry.id} ${entry.hash}\n`).join(''));
  }
}
await Promise.all([line(1), line(1), line(7), line(100)]);
