// Shows new letters as they come; when the mailbox is away, says so and goes on asking.
const main = document.querySelector("main");
const away = Object.assign(document.createElement("p"), { className: "away", textContent: "The mailbox is not running; waiting for it." });

async function look() {
  try {
    const page = new DOMParser().parseFromString(await (await fetch("/")).text(), "text/html");
    const found = page.querySelector("main").innerHTML;
    if (found !== shown) {
      main.innerHTML = shown = found;
      document.title = page.title;
    }
    away.remove();
  } catch {
    main.before(away);
  }
  setTimeout(look, 2000);
}

let shown = main.innerHTML;
setTimeout(look, 2000);
