-- id: funeral-overlap
-- version: 1
-- procedure: review
-- subject: person
-- sensitivity: financial
-- title: 惠民殡葬与丧葬补助金重复
-- why: 已为此人批准惠民殡葬待遇（最近一次{funeral_on}），人社又支付了此人的丧葬补助金（最近一次{paid_on}），可能重复。请核实，核实前不追回。
-- legal-basis: 《中华人民共和国社会保险法》第十七条；民政部《关于全面推行惠民殡葬政策的指导意见》
-- feeds: registry, social-security
-- due: 10 working days
-- occasion: event
-- clears: 惠民殡葬待遇终止，或丧葬补助金的记录被撤回

-- About the dead: a funeral grant paid is itself a death signal.
SELECT f.person               AS subject,
       'funeral'              AS occasion,
       max(f.on_day)          AS funeral_on,
       max(d.on_day)          AS paid_on,
       array_agg(f.fact)      AS triggers_funeral,
       array_agg(d.fact)      AS triggers_paid
FROM once_paid f
JOIN death_signal d ON d.person = f.person
WHERE f.program = 'funeral'
  AND d.feed = 'social-security'
GROUP BY f.person
