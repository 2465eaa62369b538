import { parentPort } from 'node:worker_threads';
import type { Report } from '../../model/report.ts';
import { pdf, png } from './draw.ts';
import type { Drawing } from './renderer.ts';

parentPort?.on('message', async ({ report, drawing }: { report: Report; drawing: Drawing }) => {
  try {
    const { format, language } = drawing;
    parentPort?.postMessage(format === 'png' ? png(report, language, drawing.size) : await pdf(report, language));
  } catch (error) {
    parentPort?.postMessage(`it could not be drawn: ${error instanceof Error ? error.message : String(error)}`);
  }
});
