-- id: home-care-not-at-home
-- version: 1
-- procedure: review
-- subject: person
-- sensitivity: health
-- title: 享受居家上门服务者可能不在家
-- why: 此人享受居家上门服务（最近一次批准于{granted_on}），但有记录说明其可能不在家：{places}（最早自{since}起；住院超过{days}天仍无出院登记的才计入）。请核实，核实前服务不变。
-- legal-basis: 中共中央办公厅、国务院办公厅《关于推进基本养老服务体系建设的意见》（2023年）
-- feeds: registry, health, medical-insurance
-- due: 5 working days
-- occasion: event
-- clears: 登记出院，机构长期护理结束或转为居家，或居家上门服务终止

-- An admission counts from the day after the last of the days: "more than". Long-term care is where its newest approval says,
-- whatever the spell began with.
WITH away AS (
    SELECT s.person, 'stay' AS place, s.admitted_on AS since, s.fact
    FROM stay s
    CROSS JOIN clock c
    CROSS JOIN parameter q
    WHERE NOT s.discharged AND days_between(s.admitted_on, c.as_of) > q.not_at_home_days
    UNION ALL
    SELECT l.person, 'institution', l.began_on, l.fact FROM long_term_care l WHERE l.mode = 'institution'
)
SELECT p.person                  AS subject,
       'not-at-home'             AS occasion,
       words(a.place)            AS places,
       min(a.since)              AS since,
       q.not_at_home_days        AS days,
       max(b.granted_on)         AS granted_on,
       array_agg(a.fact)         AS triggers_away,
       array_agg(b.fact_grant)   AS facts_grant
FROM away a
JOIN person p ON p.person = a.person
JOIN benefit b ON b.person = p.person
CROSS JOIN parameter q
WHERE p.living
  AND b.program = 'home-care'
GROUP BY p.person, q.not_at_home_days
