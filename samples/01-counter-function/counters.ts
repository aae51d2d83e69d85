import { defineEntity } from 'durable-entities'; // in your program: from 'durable-entities'

/** An entity as one function: it looks at the operation's name itself, and reads and writes its state itself. */
export const counter = defineEntity('Counter', { effects: 'none' }, (context) => {
  const value = context.getState(() => 0);
  switch (context.operationName.toLowerCase()) {
    case 'add':
      context.setState(value + context.getInput<number>());
      break;
    case 'reset':
      context.setState(0);
      break;
    case 'get':
      context.return(value);
      break;
    case 'delete':
      context.deleteState();
      break;
    default:
      context.unknownOperation();
  }
});

/** The same with fewer words: what the function returns is the answer, and a state set to `null` deletes the entity. */
export const answeringCounter = defineEntity('AnsweringCounter', { effects: 'none' }, (context) => {
  const value = context.getState(() => 0);
  switch (context.operationName) {
    case 'add': {
      const sum = value + context.getInput<number>();
      context.setState(sum);
      return sum;
    }
    case 'reset':
      return context.setState(0);
    case 'get':
      return value;
    case 'delete':
      return context.setState(null);
    default:
      return context.unknownOperation();
  }
});
