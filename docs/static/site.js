// What scrolls sideways can be reached by the keyboard; the two drawers of the theme go by their names, and the
// captions of its list of pages, which it marks as headings, have a level. The page of the search has a title.
function describe() {
  for (const box of document.querySelectorAll(".content pre, .content .table-wrapper")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
  for (const caption of document.querySelectorAll(".caption[role=heading]")) caption.setAttribute("aria-level", "2");
  document.querySelector("aside.sidebar-drawer")?.setAttribute("aria-label", "Pages");
  if (!document.querySelector("h1")) {
    const title = document.createElement("h1");
    title.textContent = "Search";
    document.querySelector("article")?.prepend(title);
  }
  document.querySelector("aside.toc-drawer")?.setAttribute("aria-label", "On this page");
}

addEventListener("DOMContentLoaded", describe);
addEventListener("resize", describe);
