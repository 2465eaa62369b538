import { describe, expect, it } from 'vitest';
import { Inbox } from '../../adapters/mqtt/inbox.ts';

const message = (topic: string, bytes = 10) => ({ topic, payload: Buffer.alloc(bytes), retained: false });
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('messages that were received', () => {
  it('are handled in their order, not in the turn in which they came', async () => {
    const handled: string[] = [];
    const inbox = new Inbox(({ topic }) => void handled.push(topic));
    const topics = Array.from({ length: 100 }, (_, index) => String(index));
    for (const topic of topics) inbox.put(message(topic));
    expect(handled).toEqual([]);
    await turn();
    expect(handled.length).toBeGreaterThan(0);
    expect(handled.length).toBeLessThan(100);
    for (let turns = 0; turns < 10; turns += 1) await turn();
    expect(handled).toEqual(topics);
    inbox.put(message('later'));
    await turn();
    expect(handled.at(-1)).toBe('later');
  });

  it('stop the reading while too many of them wait, and let it go on when they are handled', async () => {
    const inbox = new Inbox(() => {});
    let reads = 0;
    const MEBIBYTE = 1024 * 1024;
    for (let count = 0; count < 64; count += 1) {
      inbox.put(message('a', MEBIBYTE));
      inbox.whenRoom(() => {
        reads += 1;
      });
    }
    expect(reads).toBeGreaterThan(10);
    expect(reads).toBeLessThan(64);
    const before = reads;
    for (let turns = 0; turns < 3; turns += 1) await turn();
    expect(reads).toBe(before + 1);
  });
});
