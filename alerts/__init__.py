"""Flashwire, the part that knows: bytes and values in, values out, no I/O.

The pipeline in ten lines:

    article   = Article.from_json(record.value)               # or InvalidArticle: to articles.dead
    verdict   = rules.judge(article, received)                # which rules, where in the text, which places
    made      = candidate(article, verdict, ...)              # if it matters to the desk
    outputs   = desk.handle(made, now)                        # stories: new, update, correction, withdrawal, ...
    for alert in outputs.alerts:                              # one Kafka transaction with outputs.audit and .state
        frame = AlertFrame(seq, alert)                        # encoded once, whatever the audience
        feed.append(frame)                                    # every subscriber reads the same ring

What must always hold:

 1. An offset is committed only after the outcome of its record is durable.
 2. A distinct article version that matches always reaches the desk, and so does anything but a first plain version.
    Redis may drop only an exact repeat that is known done; it saves work, it can never cause a loss.
 3. `alerts`, read committed, holds each (id, revision) exactly once, revisions in order.
 4. A subscriber never misses silently: it gets the alert, or a `gap` that says what it missed.
 5. Who was shown an alert is told when it is corrected or withdrawn, also if it was offline then.
 6. Nothing embargoed leaves the desk before its time.
 7. Bad input never stops the system and is never dropped; our own broken state stops the process, loudly.
 8. Live, explain and backtest run the same matcher and the same desk.
 9. Redis down: alerts still flow, marked. Kafka down: everything waits, nothing is dropped.
"""
