/** The texts of pages, each loaded when something is found in it. */

export class Texts {
  constructor(folder) {
    this.folder = folder;
    this.known = new Map();
    this.asked = new Map();
  }

  told(page, sections) {
    this.known.set(page, sections);
  }

  /** Text and code of a section, or nothing where they cannot be loaded. */
  async of(page, section) {
    if (!this.known.has(page)) await this.load(page);
    return this.known.get(page)?.[section];
  }

  load(page) {
    if (!this.asked.has(page)) {
      const done = new Promise((resolve) => {
        const script = document.createElement("script");
        script.src = `${this.folder}${page}.js`;
        script.onload = resolve;
        script.onerror = () => resolve(this.asked.delete(page)); // to be tried again
        document.head.append(script);
      });
      this.asked.set(page, done);
    }
    return this.asked.get(page);
  }
}
