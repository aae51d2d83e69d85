// The suite that the page on testing shows runs as part of ours.
import '../../samples/docs/testing/trial.spec.js';
