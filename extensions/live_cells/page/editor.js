/** The editor of a cell, in the colours of the book's code. */

import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import {
  bracketMatching,
  HighlightStyle,
  indentUnit,
  syntaxHighlighting,
} from "@codemirror/language";
import { Annotation, EditorState, Prec } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { element } from "./dom.js";

/** Colours are those of the book's style sheet for code, light and dark: its classes. */
const colours = HighlightStyle.define([
  { tag: tags.comment, class: "c1" },
  { tag: tags.string, class: "s2" },
  { tag: tags.number, class: "mi" },
  { tag: [tags.bool, tags.null, tags.self], class: "kc" },
  { tag: [tags.operatorKeyword], class: "ow" },
  { tag: tags.keyword, class: "k" },
  { tag: tags.operator, class: "o" },
  { tag: tags.punctuation, class: "p" },
  { tag: tags.meta, class: "nd" },
  { tag: tags.function(tags.definition(tags.variableName)), class: "nf" },
  { tag: tags.definition(tags.className), class: "nc" },
  { tag: tags.name, class: "n" },
]);

const byPage = Annotation.define();

export class Editor {
  /**
   * @param {HTMLElement} pre what shows the code; the editor takes its place
   * @param {string} code
   * @param {object} settings label; onChange(code), onRun() and onLeave(): what the reader does
   */
  constructor(pre, code, { label, onChange, onRun, onLeave }) {
    const hint = element(
      "p",
      { className: "live-hint", id: `${pre.id || label.replaceAll(" ", "-")}-hint` },
      "Shift+Enter runs the cell, Escape leaves the editor.",
    );
    const act = (what) => () => {
      what();
      return true;
    };
    this.view = new EditorView({
      doc: code,
      extensions: [
        Prec.highest(
          keymap.of([
            { key: "Shift-Enter", run: act(onRun) },
            { key: "Mod-Enter", run: act(onRun) },
            { key: "Escape", run: act(onLeave) },
          ]),
        ),
        keymap.of([indentWithTab, ...defaultKeymap, ...historyKeymap]),
        history(),
        bracketMatching(),
        indentUnit.of("    "),
        EditorState.tabSize.of(4),
        python(),
        syntaxHighlighting(colours),
        EditorView.contentAttributes.of({
          "aria-label": label,
          "aria-describedby": hint.id,
          tabindex: "0", // it scrolls sideways: said, though what can be edited can be reached anyway
        }),
        EditorView.updateListener.of((update) => {
          const typed = update.transactions.some((change) => !change.annotation(byPage));
          if (update.docChanged && typed) onChange(update.state.doc.toString());
        }),
      ],
    });
    // Sphinx takes slashes and arrows for commands to the page.
    this.view.dom.addEventListener("keydown", (event) => event.stopPropagation());
    pre.hidden = true;
    pre.after(this.view.dom, hint);
  }

  focus() {
    this.view.focus();
  }

  /** Show other code. */
  set(code) {
    const { length } = this.view.state.doc;
    this.view.dispatch({
      changes: { from: 0, to: length, insert: code },
      annotations: byPage.of(true),
    });
  }
}
