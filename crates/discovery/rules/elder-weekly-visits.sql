-- id: elder-weekly-visits
-- version: 2
-- procedure: recheck
-- subject: person
-- sensitivity: general
-- title: 特殊困难老年人每周探访
-- why: 本周（{week_start}至{due}）应探访{required}次，已探访{visits}次，还需{remaining}次。
-- legal-basis: 《中华人民共和国老年人权益保障法》；民政部等《关于开展特殊困难老年人探访关爱服务的指导意见》（2022年）
-- feeds: registry
-- due: column due
-- occasion: period
-- clears: 登记足够的探访次数，或探访关爱终止

-- A task that was done stays done in its week, and the next week's is another: the grants, which are in both, are
-- neither triggers nor links, and visits only lessen what remains.
SELECT p.person                                       AS subject,
       c.week                                         AS occasion,
       c.week_start                                   AS week_start,
       c.week_end                                     AS due,
       q.elder_weekly_visits                          AS required,
       count(DISTINCT v.fact)                         AS visits,
       q.elder_weekly_visits - count(DISTINCT v.fact) AS remaining,
       array_agg(b.fact_grant)                        AS facts_grant,
       array_agg(v.fact)                              AS facts_visit
FROM benefit b
JOIN person p ON p.person = b.person
CROSS JOIN clock c
CROSS JOIN parameter q
LEFT JOIN visit v ON v.person = p.person AND v.kind = 'elder' AND v.on_day >= c.week_start
WHERE p.living
  AND b.program = 'care-visit'
GROUP BY p.person, c.week, c.week_start, c.week_end, q.elder_weekly_visits
HAVING count(DISTINCT v.fact) < q.elder_weekly_visits
