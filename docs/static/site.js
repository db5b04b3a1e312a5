// What scrolls sideways can be reached by the keyboard, and the two drawers of the theme go by their names.
function describe() {
  for (const box of document.querySelectorAll(".content pre, .content .table-wrapper")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
  document.querySelector("aside.sidebar-drawer")?.setAttribute("aria-label", "Pages");
  document.querySelector("aside.toc-drawer")?.setAttribute("aria-label", "On this page");
}

addEventListener("DOMContentLoaded", describe);
addEventListener("resize", describe);
