/** A control plane in a process of its own, for tests that kill it: starts the demo agent and says when it asks. */
import { nextQuestion, OWNER, World } from './world.ts';

const world = new World({ dir: process.argv[2] ?? '' });
const plane = await world.start();
const session = await plane.sessions.create({ agent: 'demo', work_dir: world.project }, OWNER);
const question = await nextQuestion(plane, session.id);
process.stdout.write(`${JSON.stringify({ session: session.id, question: question.id })}\n`);
setInterval(() => undefined, 60_000);
