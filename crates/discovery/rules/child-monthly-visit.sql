-- id: child-monthly-visit
-- version: 3
-- procedure: recheck
-- subject: person
-- sensitivity: minor
-- title: 儿童每月走访
-- why: 本月（{occasion}）尚未登记对此儿童的走访（享受：{programs}），请最迟于{due}走访。
-- legal-basis: 《国务院关于加强困境儿童保障工作的意见》（国发〔2016〕36号）；民政部等《关于进一步加强事实无人抚养儿童保障工作的意见》（民发〔2019〕62号）
-- feeds: registry
-- due: column due
-- occasion: period
-- clears: 登记本月走访，或待遇终止

-- A task that was done stays done in its month, and the next month's is another: the grants, which are in both, are
-- neither triggers nor links. The program decides and no age: who is 18 stays in care until it ends.
SELECT p.person                AS subject,
       c.month                 AS occasion,
       c.month_end             AS due,
       words(b.program)        AS programs,
       array_agg(b.fact_grant) AS facts_grant
FROM benefit b
JOIN person p ON p.person = b.person
CROSS JOIN clock c
WHERE p.living
  AND b.program IN ('orphan', 'unattended-child', 'child-in-difficulty')
  AND NOT EXISTS (
      SELECT 1 FROM visit v WHERE v.person = p.person AND v.kind = 'child' AND v.on_day >= c.month_start)
GROUP BY p.person, c.month, c.month_end
