import { defineEntity } from 'durable-entities';

/** An entity as one function, which handles the name of the operation and the state itself. */
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

/** The same entity in a shorter style: the return value is the answer, and `setState(null)` deletes the entity. */
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
