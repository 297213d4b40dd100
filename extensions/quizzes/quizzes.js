// Turns the options of each question, which open without a script, into a form: choose, check, and
// the feedback to what was chosen appears below, where screen readers announce it.

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function makeForm(quiz) {
  const many = quiz.dataset.quiz === "many";
  const options = Array.from(quiz.querySelectorAll(".quiz-option"), (details) => {
    const choice = element("span", {}, ...details.querySelector("summary").childNodes);
    const input = element("input", { type: many ? "checkbox" : "radio", name: quiz.id });
    const feedback = details.querySelector(".quiz-feedback");
    const right = Boolean(feedback.querySelector(".quiz-right"));
    const label = element("label", { className: "quiz-choice" }, input, choice);
    details.remove();
    return { choice, input, feedback, right, label };
  });

  const group = element("div", { role: many ? "group" : "radiogroup" });
  group.setAttribute("aria-labelledby", `${quiz.id}-title ${quiz.id}-question`);
  group.append(...options.map(({ label }) => label));
  const button = element("button", { className: "quiz-check" }, "Check");
  // There from the start: what is put into a live region later is announced.
  const answer = element("div", { className: "quiz-answer", role: "status" });
  const form = element("form", { className: "quiz-form", autocomplete: "off" });
  form.append(group, button, answer);
  quiz.append(form);

  form.addEventListener("change", () => answer.replaceChildren());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = options.filter(({ input }) => input.checked);
    if (!chosen.length) {
      answer.replaceChildren(element("p", {}, "Choose an answer first."));
      options[0].input.focus();
    } else if (many) {
      answer.replaceChildren(element("p", {}, score(options, chosen)), ...chosen.flatMap(explain));
    } else {
      answer.replaceChildren(chosen[0].feedback);
    }
  });
}

/** What is still missing where more than one option is right. */
function score(options, chosen) {
  const found = chosen.filter(({ right }) => right).length;
  const all = options.filter(({ right }) => right).length;
  const wrong = chosen.length - found;
  const complete = found === all && !wrong;
  return `${complete ? "All" : `${found} of`} ${all} found${wrong ? `, and ${wrong} wrong` : ""}.`;
}

function explain({ choice, feedback }) {
  return [element("p", { className: "quiz-about" }, choice.cloneNode(true)), feedback];
}

document.querySelectorAll(".quiz").forEach(makeForm);
