// Shows what needs JavaScript, and says in words why a passkey did not work.
document.querySelectorAll("[data-needs-script]").forEach((part) => {
  part.hidden = !window.PublicKeyCredential;
});
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  document.querySelectorAll("[data-passkey-error]").forEach((part) => {
    part.hidden = false;
  });
});
