/* What Sphinx does not say in Korean: how many pages a search has found. */
Documentation.addTranslations({
  locale: "ko",
  plural_expr: "0",
  messages: {
    "Search finished, found one page matching the search query.": ["찾은 페이지: ${resultCount}개"],
  },
});
