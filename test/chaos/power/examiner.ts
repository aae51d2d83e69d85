/** A process that looks at one image after the other. Run by `Examiner` of examiner-process.ts. */
import { imageProblems, type ImageTask } from './image-check.js';

process.on('disconnect', () => process.exit(0));
process.on('message', (task: ImageTask) => {
  void imageProblems(task).then((problems) => process.send?.(problems));
});
