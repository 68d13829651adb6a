// Words of texts tell their numbers: to a mouse, to a finger, and to the keyboard, to which a text is one stop.
{
  const numberOf = word => word.querySelector(".number, .unseen").textContent.trim();
  const tellWord = (word, at, follows) => {
    const text = numberOf(word);
    const force = text.startsWith("+") ? 1 : text.startsWith("\u2212") ? -1 : 0;
    say([[word.querySelector(".word").textContent.trim(), text, "head", force]], { at, follows });
  };
  const above = word => {
    const box = word.getClientRects()[0];
    return [box.left + box.width / 2, box.top];
  };
  // The nearest word in the line over or under another; itself where there is none.
  const across = (words, word, down) => {
    const own = word.getClientRects()[0];
    const isBeyond = box => (down ? box.top > own.top + own.height / 2 : box.bottom < own.bottom - own.height / 2);
    const distance = box => Math.abs(box.top - own.top) * 1000 + Math.abs(box.left + box.width / 2 - own.left - own.width / 2);
    const beyond = words.map(other => [other, other.getClientRects()[0]]).filter(([, box]) => isBeyond(box));
    return beyond.reduce((best, next) => (best && distance(best[1]) <= distance(next[1]) ? best : next), null)?.[0] ?? word;
  };
  for (const text of document.querySelectorAll(".running")) {
    const words = [...text.querySelectorAll(".token")];
    if (!words.length) continue;
    let stop = words[0];
    for (const word of words) {
      // The box tells it, and those who listen hear it with the word.
      word.removeAttribute("title");
      word.tabIndex = word === stop ? 0 : -1;
    }
    const stopAt = word => {
      [stop.tabIndex, word.tabIndex, stop] = [-1, 0, word];
    };
    const wordOf = event => event.target.closest(".token");
    text.addEventListener("pointerover", event => {
      if (event.pointerType !== "mouse") return;
      if (wordOf(event)) tellWord(wordOf(event), () => [event.clientX, event.clientY], false);
      else hush();
    });
    text.addEventListener("pointerleave", event => {
      if (event.pointerType === "mouse") hush();
    });
    text.addEventListener("click", event => {
      if (!wordOf(event)) return;
      stopAt(wordOf(event));
      tellWord(wordOf(event), () => [event.clientX, event.clientY], false);
    });
    text.addEventListener("focusin", event => {
      const word = wordOf(event);
      if (word?.matches(":focus-visible")) tellWord(word, () => above(word), true);
    });
    text.addEventListener("focusout", hush);
    text.addEventListener("keydown", event => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target !== stop) return;
      const ahead = getComputedStyle(text).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
      const place = words.indexOf(stop);
      const next = {
        ArrowLeft: () => words[clamp(place + (ahead === "ArrowLeft" ? 1 : -1), 0, words.length - 1)],
        ArrowRight: () => words[clamp(place + (ahead === "ArrowRight" ? 1 : -1), 0, words.length - 1)],
        ArrowUp: () => across(words, stop, false),
        ArrowDown: () => across(words, stop, true),
        Home: () => words[0],
        End: () => words[words.length - 1],
      }[event.key];
      if (next) {
        stopAt(next());
        stop.focus();
        tellWord(stop, () => above(stop), true);
      } else if (event.key === "Escape") hush();
      else return;
      event.preventDefault();
    });
  }
  addEventListener("pointerdown", event => {
    if (!event.target.closest?.(".token")) hush();
  });
}
