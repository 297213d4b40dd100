/** Brings every figure of a page to life. */

import { Averages } from "./averages.js";
import { BatchNoise } from "./batch_noise.js";
import { Convergence } from "./convergence.js";
import { Explorable } from "./explorable.js";
import { Race } from "./race.js";

const KINDS = {
  race: Race,
  averages: Averages,
  convergence: Convergence,
  "batch-noise": BatchNoise,
};

for (const node of document.querySelectorAll("[data-explorable]")) {
  new Explorable(node, KINDS[node.dataset.explorable]);
}
