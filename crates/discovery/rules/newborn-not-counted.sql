-- id: newborn-not-counted
-- version: 1
-- procedure: entitlement
-- subject: household
-- sensitivity: minor
-- title: 新生儿未计入低保家庭
-- why: 卫健登记本家庭有孩子于{occasion}出生，而低保最近一次成员名单（{listed_on}）早于出生日，未计入新生儿。请核实并为其办理增加保障人口。
-- legal-basis: 《社会救助暂行办法》（国务院令第649号）；民政部《最低生活保障审核确认办法》（民发〔2021〕57号）
-- feeds: health, registry
-- due: 10 working days
-- occasion: event
-- clears: 低保成员名单在出生当日或之后更新，低保终止，或出生超过关注期限

-- A household with two active dibao: one whose newest list is older than the birth is enough. A mother who died belongs to
-- it still, but the dibao must be one of the living. A second certificate of the day (a twin, the child's number) re-opens.
SELECT n.household                       AS subject,
       CAST(n.on_day AS VARCHAR)         AS occasion,
       max(b.listed_on)                  AS listed_on,
       array_agg(n.fact)                 AS triggers_birth,
       array_agg(m.fact_household)       AS facts_mother,
       array_agg(b.fact_grant)           AS facts_grant,
       array_agg(b.fact_newest_list)     AS facts_list
FROM birth n
JOIN person m ON m.person = n.person
JOIN benefit b ON b.household = n.household
JOIN person p ON p.person = b.person
CROSS JOIN clock c
CROSS JOIN parameter q
WHERE p.living
  AND b.program = 'dibao'
  AND b.listed_on < n.on_day
  AND days_between(n.on_day, c.as_of) < q.newborn_days
GROUP BY n.household, n.on_day
