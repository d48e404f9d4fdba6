// htmx would write its indicator's style into each page, which needs inline styles.
htmx.config.includeIndicatorStyles = false;
