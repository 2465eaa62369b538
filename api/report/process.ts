import { flushCompileCache } from 'node:module';
import { wordsOf } from '../../model/errors.ts';
import type { Report } from '../../model/report.ts';
import { pdf, png } from './draw.ts';
import type { Drawing } from './renderer.ts';

// Now: it is killed when there is no more to draw. The libraries are large, and the next process loads them compiled.
flushCompileCache();

process.on('message', async ({ report, drawing }: { report: Report; drawing: Drawing }) => {
  try {
    const { format, language } = drawing;
    process.send?.(format === 'png' ? png(report, language, drawing.size) : await pdf(report, language));
  } catch (error) {
    process.send?.(`it could not be drawn: ${wordsOf(error)}`);
  }
});
