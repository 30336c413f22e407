-- id: long-unemployed
-- version: 1
-- procedure: help
-- subject: person
-- sensitivity: financial
-- title: 长期登记失业且无失业保险金
-- why: 自{registered_on}起登记失业（满{days}天起关注），目前未领取失业保险金，未见就业（无有效职工保险，近期无工资记录）；此人{age}岁，处于劳动年龄，家庭未纳入低收入救助[（本人此前的已于{ended_on}终止）]。
-- legal-basis: 《中华人民共和国就业促进法》；《社会救助暂行办法》（国务院令第649号）
-- feeds: social-security, registry, police
-- due: 15 working days
-- occasion: event
-- clears: 重新就业、注销失业登记、领取失业保险金，或家庭纳入低收入救助

-- The end of what the person had is new evidence: the unemployment was known when it was granted.
SELECT u.person                     AS subject,
       CAST(u.began_on AS VARCHAR)  AS occasion,
       u.began_on                   AS registered_on,
       q.long_unemployed_days       AS days,
       p.age                        AS age,
       max(x.ended_on)              AS ended_on,
       u.fact                       AS trigger_registration,
       array_agg(x.fact)            AS triggers_end,
       array_agg(x.fact_list)       AS facts_list,
       b.fact                       AS fact_benefit,
       p.fact_household             AS fact_household
FROM unemployment u
JOIN person p ON p.person = u.person
LEFT JOIN unemployment_benefit b ON b.person = u.person
CROSS JOIN clock c
CROSS JOIN parameter q
LEFT JOIN ended_benefit x
    ON x.person = u.person AND x.program IN ('dibao', 'tekun', 'dibao-edge', 'rigid-spending')
WHERE p.living
  AND p.age >= q.working_age_from_years
  AND p.age < q.working_age_below_years
  AND days_between(u.began_on, c.as_of) >= q.long_unemployed_days
  AND NOT coalesce(b.active, false)
  AND NOT p.employed
  AND NOT p.low_income
GROUP BY u.person, u.began_on, q.long_unemployed_days, p.age, u.fact, b.fact, p.fact_household
