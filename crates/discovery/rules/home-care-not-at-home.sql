-- id: home-care-not-at-home
-- version: 1
-- procedure: review
-- subject: person
-- sensitivity: health
-- title: 享受居家上门服务者可能不在家
-- why: 此人享受居家上门服务（最近一次批准于{granted_on}），但[{admitted_on}住院后超过{days}天仍无出院登记，][{approved_on}批准由机构提供长期护理，]可能不在家。请核实，核实前服务不变。
-- legal-basis: 中共中央办公厅、国务院办公厅《关于推进基本养老服务体系建设的意见》（2023年）
-- feeds: registry, health, medical-insurance
-- due: 5 working days
-- occasion: event
-- clears: 登记出院，机构长期护理结束或转为居家，或居家上门服务终止

-- An admission counts from the day after the last of the days: "more than". Long-term care is where its newest approval says,
-- whatever the spell began with.
SELECT p.person                  AS subject,
       'not-at-home'             AS occasion,
       max(b.granted_on)         AS granted_on,
       min(s.admitted_on)        AS admitted_on,
       q.not_at_home_days        AS days,
       l.approved_on             AS approved_on,
       array_agg(s.fact)         AS triggers_stay,
       l.fact                    AS trigger_care,
       array_agg(b.fact_grant)   AS facts_grant
FROM benefit b
JOIN person p ON p.person = b.person
CROSS JOIN clock c
CROSS JOIN parameter q
LEFT JOIN stay s
    ON s.person = p.person AND NOT s.discharged AND days_between(s.admitted_on, c.as_of) > q.not_at_home_days
LEFT JOIN long_term_care l ON l.person = p.person AND l.mode = 'institution'
WHERE p.living
  AND b.program = 'home-care'
  AND (s.fact IS NOT NULL OR l.fact IS NOT NULL)
GROUP BY p.person, q.not_at_home_days, l.approved_on, l.fact
