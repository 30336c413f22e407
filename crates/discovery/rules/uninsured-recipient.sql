-- id: uninsured-recipient
-- version: 1
-- procedure: entitlement
-- subject: person
-- sensitivity: general
-- title: 低收入家庭成员未参加基本医疗保险
-- why: 此人所在家庭享受{programs}（最近一次批准于{granted_on}），此人目前没有有效的基本医疗保险参保登记（职工、居民均无[；最近一次停保{stopped_on}]）。请协助参保并落实参保资助。
-- legal-basis: 《社会救助暂行办法》（国务院令第649号）；《国务院办公厅关于健全重特大疾病医疗保险和救助制度的意见》（国办发〔2021〕42号）
-- feeds: medical-insurance, registry, police
-- needs: medical-insurance.enrolment.started
-- due: 5 working days
-- occasion: event
-- clears: 参加基本医疗保险，或家庭不再享受低收入救助

-- Residents enrol anew every year: who was helped and falls out again is a new case.
SELECT p.person                    AS subject,
       'insurance'                 AS occasion,
       words(h.program)            AS programs,
       max(h.granted_on)           AS granted_on,
       max(s.on_day)               AS stopped_on,
       array_agg(h.fact_grant)     AS triggers_grant,
       array_agg(s.fact)           AS triggers_stop,
       array_agg(p.fact_household) AS facts_household
FROM household_program h
JOIN person p ON p.person = h.person
LEFT JOIN event s ON s.person = p.person AND s.event = 'enrolment-stopped'
WHERE p.living
  AND NOT EXISTS (SELECT 1 FROM enrolment e WHERE e.person = p.person)
GROUP BY p.person
